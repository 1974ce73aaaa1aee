from .site import SandboxSite
from .reactor import Reactor
class Sandbox:
    def __init__(self, site, reactor): pass
    def names(self): return {}
