from shotgun_api3 import Shotgun
@retry(Shotgun('u'))
def f(sg=Shotgun('v')):
    pass


@register
class Tool(object):
    sg = Shotgun('w')
