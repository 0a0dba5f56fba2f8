"""Which representation a client accepts."""

from __future__ import annotations


def accepts(header: str | None, media_type: str) -> bool:
    """Whether an `Accept` header admits the media type; without a header everything is admitted."""
    if header is None or not header.strip():
        return True
    main = media_type.partition("/")[0]
    admitted = {media_type: 3, f"{main}/*": 2, "*/*": 1}
    best, quality = 0, 0.0
    for part in header.split(","):
        name, _, rest = part.partition(";")
        specificity = admitted.get(name.strip().lower(), 0)
        if specificity > best:
            best, quality = specificity, _quality(rest)
    return quality > 0


def _quality(parameters: str) -> float:
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "q":
            try:
                return float(value)
            except ValueError:
                return 0.0
    return 1.0


def is_json(header: str | None) -> bool:
    """Whether a `Content-Type` says JSON."""
    return header is not None and header.partition(";")[0].strip().lower() == "application/json"
