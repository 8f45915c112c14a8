"""The service's errors.

NotFound
└── ProductNotFound          product_not_found
Conflict
└── DuplicateSku             sku_taken
PreconditionFailed
└── StaleProductVersion      precondition_failed     If-Match names another version
"""

from chassis.problems import Conflict, NotFound, PreconditionFailed


class ProductNotFound(NotFound):
    code = "product_not_found"
    detail = "The product does not exist or is archived."
    advice = (
        "Compare the id with one of `GET /api/products/`. Only staff can read archived products."
    )


class DuplicateSku(Conflict):
    code = "sku_taken"
    detail = "Another product, possibly an archived one, has this SKU."
    advice = "Choose another SKU, or change the product that has this one."


class StaleProductVersion(PreconditionFailed):
    detail = "The product has changed: its version is not the one of If-Match."
    advice = (
        "Read the product again, show what has changed, and send the change with the new `ETag` "
        "in `If-Match`."
    )
