try:
    from shotgun_api3 import Shotgun
except ImportError:
    from tank_vendor.shotgun_api3 import Shotgun

sg = Shotgun('u')
