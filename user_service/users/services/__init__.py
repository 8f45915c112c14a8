"""The work.

accounts         opening, changing and closing an account
staff            what staff may change of others
sessions         signing in, staying signed in, signing out
passwords        which are good enough, and whether one is right
addresses        where their orders go
resets           setting a new password with a mail
reset_mails      sending that mail
throttle         counting failed sign-ins
signing_keys     making and rotating the keys that sign access tokens
"""
