"""Django's admin for staff, without a second set of users, and without costing the API anything.

    apps       Django's admin as a library of pages: no tables, and so no django.contrib.auth and contenttypes
    issuer     asking whoever has the accounts to sign somebody in
    people     what the admin asks of a user
    staff      who is at the desk: from the session to a member of staff
    sessions   the session: an encrypted cookie
    door       what is around each page and around nothing else: session, messages, headers, errors
    site       the pages that belong to no table: sign in, sign out, the first page
    lists      lists that count and sort no more than a screen needs
    facts      the pages of a table, read only
    telling    what a page says of a row
    deeds      what staff may do: a form that ends in one service function
    forms      forms that ask what the API's request serializers ask

A service's `admin.py` says which tables staff see and which deeds there are.
"""
