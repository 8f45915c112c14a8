"""Evidence that the system is right, gathered from outside: over HTTP, with no code of a service.

Rooms of the audit, from the ground up:

    errors, addresses      why the system could not be read, and where its services are
    shop, rows             the running system as staff see it, and nothing but reading; what is read, as compact tuples
    ledger                 a product's ledger, row by row
    stock                  invariant 1: stock, its ledger, and who holds it
    orders                 invariants 2, 3 and 4: orders and their reservations
    report                 violations and how much was looked at
    audit                  all of it: `make audit`

Rooms of the proofs under faults, likewise:

    tally, client          what clients saw; one that repeats until the answer is definitive
    wishes, load           what is ordered; buyers in threads
    wire, proxy, spoiled   HTTP as values; a proxy before a service; what it does to a request
    staff, system          what staff do; the system under proof
    processes, databases,  the faults
    disk, network
    matrix                 a row for each of them
    books, replay          stock and orders to the unit; keys that come once more
    verdict, table         what makes a row fail; how it is shown
    lane, prove            one row after the other; all of it: `make prove`
"""
