"""Documents that cannot lie: what the repository keeps of each service's interface, and what its tests compare it with.

errors      every code a service can answer, from the Problem classes
pages       how a page for people on each code looks
views       those pages, at /errors/
kept        swagger.json and the codes as files in docs/
breaks      what a change takes from a caller
gaps        what an operation does not say
checks      the above as a service's tests ask for it
"""
