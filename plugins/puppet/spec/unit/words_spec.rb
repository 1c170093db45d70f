require 'puppet_x/trustmend/words'

describe PuppetX::Trustmend::Words do
  it 'shows what steers a terminal as text, in one line' do
    expect(described_class.shown("a\nb  c\e[31m\u202e")).to eq('a b c\u001b[31m\u202e')
  end

  it 'shows what is not UTF-8' do
    expect(described_class.shown("a\xffb")).to eq("a\ufffdb")
  end

  it 'tells message, path and hint, with attributes as in a manifest' do
    error = { 'message' => 'resources[3]: it is gone', 'path' => '/etc/a', 'hint' => 'use state=absent' }
    expect(described_class.error(error)).to eq('it is gone: /etc/a (use ensure => absent)')
  end

  it 'does not repeat a path' do
    error = { 'message' => '/etc/a is gone', 'path' => '/etc/a', 'hint' => nil }
    expect(described_class.error(error)).to eq('/etc/a is gone')
  end

  it 'counts lists, and does not print certificates' do
    changes = { 'a' => { 'from' => nil, 'to' => ['x'] }, 'b' => { 'from' => true, 'to' => '-----BEGIN CERTIFICATE-----' } }
    expect(described_class.changes(changes)).to eq('a (none) -> 1 item, b yes -> (PEM text)')
  end
end
