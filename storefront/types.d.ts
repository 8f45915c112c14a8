// Types that several modules use: API documents, and what the modules pass to each other.

interface Money {
  currency: string;
}

interface Product extends Money {
  id: string;
  sku: string;
  name: string;
  description: string;
  price: string;
  category: string;
  image_url: string | null;
  is_active: boolean;
}

interface Category {
  slug: string;
  name: string;
  product_count: number;
}

interface ImportResult {
  created: number;
  updated: number;
  unchanged: number;
  error_count: number;
  errors: { row: number; line?: number; field: string; message: string }[];
}

interface StockItem {
  product_id: string;
  quantity: number;
  reserved: number;
  low_stock_threshold: number;
  is_low: boolean;
}

interface StockMovement {
  created_at: string;
  kind: string;
  delta: number;
  reserved_delta: number;
  quantity_after: number;
  reserved_after: number;
  reference: string | null;
  note: string;
}

interface AddressFields {
  name: string;
  line1: string;
  line2: string;
  postal_code: string;
  city: string;
  region: string;
  country: string;
  phone: string;
}

interface SavedAddress extends AddressFields {
  id: string;
  is_default: boolean;
}

interface OrderItem {
  product_id: string;
  quantity: number;
  name: string;
  unit_price: string;
  line_total: string;
}

interface Order extends Money {
  id: string;
  number: string;
  status: string;
  total: string;
  items: OrderItem[];
  shipping_address: AddressFields | null;
  created_at: string;
}

interface OrderEvent {
  type: string;
  created_at: string;
  actor_role: string;
}

interface OrderNote {
  text: string;
  created_at: string;
}

interface User {
  id: string;
  email: string;
  name: string;
  role: string;
  is_active: boolean;
  is_closed: boolean;
  created_at: string;
}

interface AccessToken {
  access: string;
  expires_in: number;
}

/** One page of a list. */
interface ListPage<Row> {
  next: string | null;
  previous: string | null;
  results: Row[];
}

/** An RFC 9457 problem document of a service or of the gateway. */
interface Problem {
  detail?: string;
  code?: string;
  service?: string;
  request_id?: string;
  order_id?: string;
  total?: string;
  items?: { product_id: string; requested: number; available: number }[];
  errors?: { field: string; message: string }[];
}

interface RequestOptions {
  json?: unknown;
  body?: BodyInit;
  headers?: Record<string, string>;
  signal?: AbortSignal;
  timeout?: number;
  keepalive?: boolean;
}

interface ApiResponse<Data> {
  data: Data;
  headers: Headers;
  status: number;
}

type Child = Node | string | number | false | null | undefined | Child[];

/** What a page module gets from the router. */
interface PageContext {
  id: string;
  query: URLSearchParams;
  signal: AbortSignal;
  isCurrent(): boolean;
  navigate: Navigate;
  reload: Action;
}

type Action = () => Promise<unknown>;
type Navigate = (address: string, options?: { replace?: boolean }) => Promise<unknown>;

/** What a page module returns to the router. */
interface PageView {
  title: string;
  body: Element;
  /** Called when the page is in the document. */
  ready?(): unknown;
  /** What a screen reader announces; the title if absent. */
  announcement?: string;
  /** The page shows an outage and is loaded again until it works. */
  isTemporary?: boolean;
}

interface Route {
  pattern: RegExp;
  load(): Promise<{ page(context: PageContext): Promise<PageView> }>;
  needs: "" | "user" | "staff";
}

interface BasketLine extends Money {
  id: string;
  name: string;
  price: string;
  image: string | null;
  quantity: number;
}

/** A basket line with live price and stock. */
interface CartLine extends BasketLine {
  oldPrice: string | null;
  isUnavailable: boolean;
  available: number | null;
  isInsufficient: boolean;
  message?: string;
}

/** The products and stock are null while their service is unavailable. */
interface Cart {
  lines: CartLine[];
  products: Map<string, Product> | null;
  stock: Map<string, number> | null;
}

interface ShippingChoice {
  address_id?: string;
  shipping_address?: AddressFields;
}

interface OrderRequest extends ShippingChoice {
  items: { product_id: string; quantity: number }[];
  expected_total?: string;
}

/** An order request that has no final response yet. */
interface CheckoutAttempt {
  key: string;
  body: OrderRequest;
  user: string | null;
  at: number;
}

type FormValues = Record<string, string>;
