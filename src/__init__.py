"""qawl (قول): who says it, what it is about, and where that speaker stands, for Arabic news."""

from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .infer.frames import score
    from .infer.loading import load_models

__version__ = "0.1.0"
__all__ = ["__version__", "load_models", "score"]

# `import qawl` stays light: torch and pandas come with the first use of a function that needs them.
_LAZY = MappingProxyType({"score": ".infer.frames", "load_models": ".infer.loading"})


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_LAZY[name], __name__), name)
