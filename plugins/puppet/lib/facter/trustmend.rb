# What the CA trust of a node came to; see lib/puppet_x/trustmend/fact.rb. Facter alone knows of no
# vardir, where the program is: `puppet facts` does.
Facter.add(:trustmend) do
  confine { defined?(Puppet) && Puppet.respond_to?(:settings) }

  setcode do
    require_relative '../puppet_x/trustmend/fact'
    PuppetX::Trustmend::Fact.value
  end
end
