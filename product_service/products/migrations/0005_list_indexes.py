from django.db import migrations

# An index for each order of the whole list and of each category level. The columns after the id
# let PostgreSQL check the other filters inside the index, without reading rows that it skips.
ORDERS = {
    "created_at": "created_at, id, is_active, price",
    "price": "price, id, is_active",
    "name": "sort_name, id, is_active, price",
}
LEVELS = (1, 2, 3, 4)

INDEXES = [
    f"CREATE INDEX products_by_{order} ON product ({columns})" for order, columns in ORDERS.items()
] + [
    f"""CREATE INDEX category_{level}_by_{order} ON product ((category_path[{level}]), {columns})
    WHERE category_path[{level}] IS NOT NULL"""
    for level in LEVELS
    for order, columns in ORDERS.items()
]

# PostgreSQL collects no statistics for partial indexes on expressions. Without these it assumes
# that each category has one product in two hundred.
STATISTICS = [
    f"CREATE STATISTICS products_of_categories_{level} ON (category_path[{level}]) FROM product"
    for level in LEVELS
]


class Migration(migrations.Migration):
    dependencies = [("products", "0004_categories")]
    operations = [migrations.RunSQL(sql) for sql in INDEXES + STATISTICS]
