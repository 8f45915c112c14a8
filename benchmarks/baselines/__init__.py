"""The same shop as others would write it.

None of them checks tokens, writes logs or counts metrics, which is in their favour.
"""
