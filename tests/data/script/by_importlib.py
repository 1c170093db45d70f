import importlib
importlib.import_module('shotgun_api3').Shotgun('u')
__import__('shotgun_api3').Shotgun('u')
