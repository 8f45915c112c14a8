-- The tables of all three services; each has its own database, and leaves the others' tables there empty.

CREATE TABLE product (
    id uuid PRIMARY KEY,
    sku text NOT NULL UNIQUE,
    name text NOT NULL,
    description text NOT NULL DEFAULT '',
    price numeric(12, 2) NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX product_by_name ON product (name);

CREATE TABLE stock (
    product_id uuid PRIMARY KEY,
    quantity bigint NOT NULL CONSTRAINT stock_is_never_negative CHECK (quantity >= 0),
    reserved bigint NOT NULL DEFAULT 0
);
CREATE TABLE reservation (
    order_id uuid PRIMARY KEY,
    status text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE movement (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    product_id uuid NOT NULL,
    order_id uuid NOT NULL,
    delta bigint NOT NULL,
    quantity_after bigint NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX movement_by_product ON movement (product_id, id);

CREATE TABLE attempt (
    idempotency_key text PRIMARY KEY,
    order_id uuid NOT NULL,
    state text NOT NULL,
    response text,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE "order" (
    id uuid PRIMARY KEY,
    user_id uuid,
    status text NOT NULL,
    total numeric(18, 2) NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX order_by_user ON "order" (user_id, created_at);
CREATE TABLE order_line (
    order_id uuid NOT NULL REFERENCES "order",
    position int NOT NULL,
    product_id uuid NOT NULL,
    sku text NOT NULL,
    name text NOT NULL,
    unit_price numeric(12, 2) NOT NULL,
    quantity int NOT NULL,
    PRIMARY KEY (order_id, position)
);
