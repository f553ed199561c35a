from . import anonymous
from . import decline
