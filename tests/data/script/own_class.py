class Shotgun(object):
    '''A weapon.'''


Shotgun()
