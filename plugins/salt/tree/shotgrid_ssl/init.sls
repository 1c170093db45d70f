# The documented fixes for SSL: CERTIFICATE_VERIFY_FAILED with shotgun_api3 and Toolkit, in one run of
# one program. What they are the profile shotgrid-ssl says, for which the pillar may have variables
# under shotgrid_ssl: see pillar.example, and pillar.schema.json for editors.
{%- if '_ssh_version' in opts %}
# Only files that a state names go to a host that has no minion.
files for salt-ssh:
  test.nop:
    - program: salt://trustmend/bin/trustmend-{{ grains['kernel'] | lower }}-{{ grains['cpuarch'] }}
    - variables: {{ pillar.get('shotgrid_ssl') | json }}
{%- endif %}
shotgrid-ssl:
  trustmend.profile:
    - pillar: shotgrid_ssl
