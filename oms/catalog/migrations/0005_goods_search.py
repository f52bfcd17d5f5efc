"""What a part of a name is found by: an index of every character and every two neighbouring ones.

The trigram extension is not everywhere, and Chinese words of two characters have no trigram.
"""

from __future__ import annotations

from django.db import migrations

FUNCTION = """
CREATE FUNCTION catalog_grams(value text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT COALESCE(array_agg(DISTINCT substr(plain.text, place, size)), '{}')
    FROM (SELECT lower(value) AS text) AS plain, generate_series(1, length(plain.text)) AS place, generate_series(1, 2) AS size
    WHERE place + size - 1 <= length(plain.text)
$$
"""


class Migration(migrations.Migration):
    dependencies = [("catalog", "0004_bundles")]

    operations = [
        migrations.RunSQL(FUNCTION, "DROP FUNCTION catalog_grams(text)"),
        migrations.RunSQL(
            "CREATE INDEX product_name_grams ON catalog_product USING gin (catalog_grams(name))",
            "DROP INDEX product_name_grams",
        ),
        migrations.RunSQL(
            "CREATE INDEX sku_spec_grams ON catalog_sku USING gin (catalog_grams(spec))", "DROP INDEX sku_spec_grams"
        ),
        migrations.RunSQL(
            "CREATE INDEX sku_code_folded ON catalog_sku (upper(code) text_pattern_ops)", "DROP INDEX sku_code_folded"
        ),
    ]
