"""The work.

accounts         opening, changing and closing an account
staff            what staff may change of others
sessions         signing in, staying signed in, signing out
passwords        which are good enough, and whether one is right
addresses        where their orders go
resets           setting a new password with a mail
outgoing_mail    sending that mail and others
rate_limit       how often something may be done
login_throttle   limits of failed logins
signing_keys     making and rotating the keys that sign access tokens
"""
