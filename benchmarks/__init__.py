"""`make bench`: the cost of an order, compared with three baselines: a Django tutorial shop,
FastAPI, and SQL only (pgbench).
"""
