from django.db import migrations

# PostgreSQL gathers none of these for the indexes of the levels, since they leave out what has no such level: it took each
# category for one product in two hundred.
STATISTICS = """
CREATE STATISTICS products_of_categories_1 ON (lineage[1]) FROM product;
CREATE STATISTICS products_of_categories_2 ON (lineage[2]) FROM product;
CREATE STATISTICS products_of_categories_3 ON (lineage[3]) FROM product;
CREATE STATISTICS products_of_categories_4 ON (lineage[4]) FROM product;
ANALYZE product;
"""
FORGET = "DROP STATISTICS products_of_categories_1, products_of_categories_2, products_of_categories_3, products_of_categories_4;"


class Migration(migrations.Migration):
    dependencies = [("products", "0005_vocabulary_and_counts")]
    operations = [migrations.RunSQL(STATISTICS, FORGET)]
