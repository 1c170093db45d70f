import os
from shotgun_api3 import Shotgun
Shotgun('u', ca_certs=os.environ.get( 'CA' )  or  None)
Shotgun('u', ca_certs=settings['ca'])
