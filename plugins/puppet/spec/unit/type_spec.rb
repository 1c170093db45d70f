require 'puppet_x/trustmend/batch'
require 'puppet_x/trustmend/requires'

describe 'the types' do
  def resource(type, **attributes)
    Puppet::Type.type(type).new(**attributes)
  end

  def document(*words, **attributes)
    PuppetX::Trustmend::Wish.new(resource(*words, **attributes)).document
  end

  it 'say in the words of the program what is wished for' do
    wish = document(:trustmend_bundle, name: '/opt/a', sources: 'system', requires: [], backup: false, mode: '0644')
    expect(wish).to eq('type' => 'bundle', 'path' => '/opt/a', 'sources' => ['system'], 'requires' => [],
                       'backup' => false, 'mode' => '0644', 'state' => 'present')
  end

  it 'take what they are called for their key, unless that is given' do
    expect(document(:trustmend_anchor, name: 'builtin:a')['certificate']).to eq('builtin:a')
    expect(document(:trustmend_anchor, name: 'a', certificate: 'b')['certificate']).to eq('b')
    expect(document(:trustmend_env, name: 'a', variable: 'B', value: '1')['name']).to eq('B')
  end

  it 'take a number for the text that it looks like, but for a mode' do
    expect(document(:trustmend_env, name: 'A', value: 3)['value']).to eq('3')
    expect { resource(:trustmend_bundle, name: '/a', mode: 420) }.to raise_error(Puppet::Error, /quote it/)
  end

  it 'refuse what is no text' do
    expect { resource(:trustmend_env, name: 'A', value: { 'a' => 'b' }) }.to raise_error(Puppet::Error, /give a text/)
    expect { resource(:trustmend_env, name: 'A', value: "\xff") }.to raise_error(Puppet::Error, /not UTF-8/)
  end

  it 'refuse a relative root' do
    expect { resource(:trustmend_env, name: 'A', root: 'etc') }.to raise_error(Puppet::Error, /not an absolute path/)
  end

  it 'want to be there, unless only an audit is asked for' do
    expect(resource(:trustmend_env, name: 'A', value: '1', audit: :all)[:ensure]).to eq(:present)
    expect(resource(:trustmend_env, name: 'A', audit: :all)[:ensure]).to be_nil
    expect(resource(:trustmend_env, name: 'A', audit: [:value], scope: :user)[:ensure]).to be_nil
  end

  it 'take what is read-only, and ignore it' do
    expect(document(:trustmend_env, name: 'A', value: '1', strays: ['x'])).not_to include('strays')
  end

  it 'hide what is sensitive, and what it was' do
    wish = PuppetX::Trustmend::Wish.new(resource(:trustmend_env, name: 'A', value: 'new secret'))
    wish.resource.property(:value).sensitive = true
    wish.looked({ 'state' => { 'per_target' => { 'a' => 'old secret', 'b' => nil } }, 'changes' => {} }, 0)
    expect(wish.redacted('x' => ['new secret, old secret'])).to eq('x' => ['[redacted], [redacted]'])
  end
end

describe PuppetX::Trustmend::Requires do
  # What each resource of a catalog is to come after.
  def edges(*resources)
    catalog = Puppet::Resource::Catalog.new
    catalog.add_resource(*resources)
    catalog.relationship_graph.edges.map { |edge| [edge.source, edge.target].map(&:ref) }
           .reject { |pair| pair.any? { |ref| ref =~ /Whit|Class|Stage/ } }
  end

  def made(type, name, **attributes)
    Puppet::Type.type(type).new(name: name, **attributes)
  end

  it 'puts a variable behind the bundle and the file that it names' do
    expect(edges(made(:trustmend_env, 'A', value: '/opt/ca.pem'), made(:trustmend_bundle, '/opt/ca.pem'), made(:file, '/opt/ca.pem')))
      .to include(['Trustmend_bundle[/opt/ca.pem]', 'Trustmend_env[A]'], ['File[/opt/ca.pem]', 'Trustmend_env[A]'])
  end

  it 'puts a bundle of the system behind its anchors' do
    expect(edges(made(:trustmend_bundle, '/opt/ca.pem', sources: ['system']), made(:trustmend_anchor, 'builtin:a')))
      .to eq([['Trustmend_anchor[builtin:a]', 'Trustmend_bundle[/opt/ca.pem]']])
  end

  it 'puts an anchor behind its file, and behind the directories on the way to a bundle' do
    anchor = made(:trustmend_anchor, 'a', certificate: '/etc/studio/ca.pem', store: 'bundle:/opt/x/ca.pem')
    expect(edges(anchor, made(:file, '/etc/studio/ca.pem'), made(:file, '/opt')))
      .to contain_exactly(['File[/etc/studio/ca.pem]', 'Trustmend_anchor[a]'], ['File[/opt]', 'Trustmend_anchor[a]'])
  end

  it 'removes a bundle after the variable that names it' do
    expect(edges(made(:trustmend_bundle, '/opt/ca.pem', ensure: :absent), made(:trustmend_env, 'A', ensure: :absent)))
      .to eq([['Trustmend_env[A]', 'Trustmend_bundle[/opt/ca.pem]']])
  end

  it 'has nothing to do with another root' do
    expect(edges(made(:trustmend_env, 'A', value: '/opt/ca.pem', root: '/mnt'), made(:trustmend_bundle, '/opt/ca.pem'))).to eq([])
  end
end
