"""The categories of products become rows of a tree: each name that a product has is one, at the root until somebody moves it."""

from __future__ import annotations

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
from django.db import migrations, models

FILL = """
UPDATE catalog_product SET category = NULL WHERE category = '';
INSERT INTO catalog_category (name, path) SELECT DISTINCT category, '{}'::bigint[] FROM catalog_product WHERE category IS NOT NULL;
UPDATE catalog_category SET path = ARRAY[id];
SET CONSTRAINTS ALL IMMEDIATE;
"""


class Migration(migrations.Migration):
    dependencies = [("catalog", "0005_goods_search")]

    operations = [
        migrations.CreateModel(
            name="Category",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=64, unique=True, verbose_name="name")),
                (
                    "path",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), default=list, editable=False, size=None
                    ),
                ),
                (
                    "parent",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="children",
                        to="catalog.category",
                    ),
                ),
            ],
            options={
                "verbose_name": "category",
                "default_permissions": (),
                "indexes": [django.contrib.postgres.indexes.GinIndex(fields=["path"], name="category_path")],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("name", ""), _negated=True), name="category_has_name"),
                    models.CheckConstraint(
                        condition=models.Q(("parent", models.F("id")), _negated=True), name="category_not_in_itself"
                    ),
                ],
            },
        ),
        migrations.AlterField("product", "category", models.CharField(blank=True, max_length=64, null=True)),
        migrations.RunSQL(FILL, "UPDATE catalog_product SET category = '' WHERE category IS NULL"),
        migrations.AlterField(
            "product",
            "category",
            models.ForeignKey(
                blank=True,
                db_column="category",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="products",
                to="catalog.category",
                to_field="name",
                verbose_name="category",
            ),
        ),
    ]
