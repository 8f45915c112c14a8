"""The work.

placement   places an order
attempts    the state changes of an attempt, one statement each
lifecycle   cancel, ship, deliver
listing     which orders somebody asks for
notes       what staff note about an order
erasure     takes the addresses of closed accounts out of their orders
recovery    finishes what a crash or a silent neighbour left undone; the order worker's work
"""
