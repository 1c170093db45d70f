from shotgun_api3 import Shotgun
if (sg := Shotgun('u')):
    pass
match sg:
    case Shotgun():
        Shotgun('v')
