from shotgun_api3 import Shotgun
sg = Shotgun((('u')), script_name=(lambda a, b: (a, b))(1, (2, 3))[0], api_key=('k', (')',))[0])
