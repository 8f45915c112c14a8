"""The ways to say no.

NotFound
└── UnknownProduct           product_not_found
Conflict
└── SkuTaken                 sku_taken
PreconditionFailed
└── ProductChanged           precondition_failed     If-Match names another version
"""

from chassis.problems import Conflict, NotFound, PreconditionFailed


class UnknownProduct(NotFound):
    code = "product_not_found"
    detail = "There is no such product, or it is not sold any more."
    advice = (
        "Compare the id with one of `GET /api/products/`. Only staff can read archived products."
    )


class SkuTaken(Conflict):
    code = "sku_taken"
    detail = "Another product has this SKU; archived ones keep theirs."
    advice = "Take another SKU, or change the product that has this one."


class ProductChanged(PreconditionFailed):
    detail = "The product is not at the version of If-Match any more. Read it again, then decide."
    advice = "Read the product again, show what has changed, and send the change with the new `ETag` in `If-Match`."
