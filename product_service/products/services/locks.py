"""PostgreSQL advisory locks of this service. Each is held until the transaction ends."""

CATALOGUE_TRIGGERS = 7_305_002
"""Serializes the triggers of migrations 0003 and 0004, which write rows that products share."""
BULK_UPSERT = 7_305_003
"""Serializes bulk upserts: two with the same new SKUs in another order would deadlock."""
