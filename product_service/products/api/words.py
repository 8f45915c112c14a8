"""What the fields of products mean, where the serializer does not say it."""

WORDS = {
    "sku": "The shop's own name of the product; unique.",
    "name": "What buyers read in lists.",
    "description": "What buyers read on the product's page.",
    "price": 'A decimal string such as "19.99", in `currency`.',
    "min_price": "Only what costs this or more.",
    "max_price": "Only what costs this or less.",
    "category": "Slashes lead down the tree of categories: `Home/Lighting` is below `Home`.",
    "image_url": "An http or https address of a picture; empty without one.",
    "is_active": "Whether it is sold; false for archived.",
    "CategoryResponse.name": "What buyers read.",
    "CategoriesResponse.results": "All categories of active products.",
    "ImportResponse.created": "Products that were not there.",
    "ImportResponse.unchanged": "Products that are as the row says already.",
    "RowError.field": "Which field of the row is wrong.",
    "RowError.message": "What is wrong with it, for a person.",
    "RowError.code": "What is wrong with it, for a program.",
}
