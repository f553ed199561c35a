from . import main
from . import anonymous
from . import decline
