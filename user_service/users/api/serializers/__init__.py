"""What comes in, and what goes out.

fields       what several have, and the values of the examples
accounts     profiles, and what staff see of everybody
addresses    the address book
closures     accounts that were closed
passwords    changing and resetting them
tokens       signing in, and the keys that verify it
"""
