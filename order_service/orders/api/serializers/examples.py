"""Values of the examples in the API documents."""

USER_ID = "0198c5f0-3d5e-7f19-b6c2-1e4a7b9d0f44"
ORDER_ID = "0198c5f4-11c2-7d08-8a3e-5b7e9d0c6f22"
TIME = "2026-01-31T12:00:00.000000Z"
NOTE = "Called: deliver on Friday."
ADDRESS = {
    "name": "Ada Example",
    "line1": "1 Example Street",
    "line2": "",
    "city": "Exampleton",
    "region": "",
    "postal_code": "12345",
    "country": "US",
    "phone": "",
}
