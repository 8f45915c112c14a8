"""The work.

placement   places an order
attempts    the state changes of an attempt, one statement each
lifecycle   cancel, ship, deliver
recovery    finishes what a crash or a silent neighbour left undone; the order worker's work
"""
