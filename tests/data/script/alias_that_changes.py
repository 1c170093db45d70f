from shotgun_api3 import Shotgun
import os
if os.environ.get('OFFLINE'):
    Shotgun = make_fake()
sg = Shotgun('u')
