"""The ways to say no.

Missing
└── UnknownProduct           product_not_found
Conflict
└── SkuTaken                 sku_taken
PreconditionFailed
└── ProductChanged           precondition_failed     If-Match names another version
"""

from chassis.problems import Conflict, Missing, PreconditionFailed


class UnknownProduct(Missing):
    code = "product_not_found"
    detail = "There is no such product, or it is not sold any more."


class SkuTaken(Conflict):
    code = "sku_taken"
    detail = "Another product has this SKU; archived ones keep theirs."


class ProductChanged(PreconditionFailed):
    detail = "The product is not at the version of If-Match any more. Read it again, then decide."
