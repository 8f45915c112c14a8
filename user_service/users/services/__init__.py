"""The work.

accounts         opening, changing and closing an account
staff            what staff may change of others
sessions         signing in, staying signed in, signing out
passwords        which are good enough, and whether one is right
throttle         counting failed sign-ins
signing_keys     making and rotating the keys that sign access tokens
"""
