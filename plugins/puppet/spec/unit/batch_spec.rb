require 'puppet_x/trustmend/batch'

describe PuppetX::Trustmend::Batch do
  # What the program is asked, and what it says: by default that everything would change.
  let(:asked) { [] }
  let(:errors) { {} }

  before do
    allow(PuppetX::Trustmend::Program).to receive(:run) do |verb, resources, **|
      asked << [verb, resources.map { |resource| resource['name'] }]
      { 'results' => resources.map { |resource| result(verb, resource) } }
    end
  end

  def result(verb, resource)
    error = errors[[verb, resource['name']]]
    { 'changed' => error.nil?, 'changes' => { 'state' => { 'from' => 'absent', 'to' => 'present' } },
      'state' => { 'state' => verb == 'apply' ? 'present' : 'absent' }, 'warnings' => [],
      'error' => error && { 'kind' => 'io', 'message' => error, 'path' => nil, 'hint' => nil } }
  end

  def env(name, **attributes)
    Puppet::Type.type(:trustmend_env).new(name: name, value: 'x', **attributes)
  end

  def apply(*resources)
    catalog = Puppet::Resource::Catalog.new
    catalog.host_config = true
    catalog.add_resource(*resources)
    allow(Puppet::Util::Storage).to receive(:store)
    catalog.apply.report.resource_statuses
  end

  it 'makes one plan and one run' do
    expect(apply(env('A'), env('B'), env('C')).values.map(&:changed)).to eq([true, true, true])
    expect(asked).to eq([['plan', ['A', 'B', 'C']], ['apply', ['A', 'B', 'C']]])
  end

  it 'only plans under noop' do
    expect(apply(env('A', noop: true)).values.map(&:out_of_sync)).to eq([true])
    expect(asked).to eq([['plan', ['A']]])
  end

  it 'leaves what is noop out of the run of others, and out of what their plan stands on' do
    apply(env('A'), env('B', noop: true), env('C'))
    expect(asked).to eq([['plan', ['A', 'C']], ['plan', ['B']], ['apply', ['A', 'C']]])
  end

  it 'waits for what a resource depends on' do
    apply(env('A'), env('B', require: 'Trustmend_env[A]'), env('C'))
    expect(asked).to eq([['plan', ['A', 'B', 'C']], ['apply', ['A', 'C']], ['apply', ['B']]])
  end

  it 'does not touch what is behind a failure' do
    errors[['apply', 'A']] = 'it is broken'
    statuses = apply(env('A'), env('B', require: 'Trustmend_env[A]'))
    expect(statuses.values.map { |status| [status.failed, status.skipped] }).to eq([[true, false], [false, true]])
    expect(asked.map(&:first)).to eq(['plan', 'apply'])
  end

  it 'fails one resource alone' do
    errors[['plan', 'B']] = 'it is broken'
    expect(apply(env('A'), env('B')).transform_values(&:failed)).to eq('Trustmend_env[A]' => false, 'Trustmend_env[B]' => true)
    expect(asked).to eq([['plan', ['A', 'B']], ['apply', ['A']]])
  end

  it 'tries again at its turn what failed before it' do
    errors[['apply', 'B']] = 'it is broken'
    apply(env('A'), env('B'))
    expect(asked).to eq([['plan', ['A', 'B']], ['apply', ['A', 'B']], ['plan', ['B']], ['apply', ['B']]])
  end

  it 'plans again what something else may have changed since' do
    other = Puppet::Type.type(:exec).new(name: '/bin/true')
    apply(env('A'), other, env('B', require: 'Exec[/bin/true]'), env('C', require: 'Exec[/bin/true]'))
    expect(asked).to eq([['plan', ['A', 'B', 'C']], ['apply', ['A']], ['plan', ['B', 'C']], ['apply', ['B', 'C']]])
  end

  it 'leaves out what tags do not let pass' do
    Puppet[:tags] = 'chosen'
    apply(env('A'), env('B', tag: 'chosen'))
    expect(asked).to eq([['plan', ['B']], ['apply', ['B']]])
  end

  it 'keeps programs and roots apart' do
    apply(env('A', root: '/one'), env('B', root: '/two'))
    expect(asked.map(&:last)).to eq([['A'], ['B'], ['A'], ['B']])
  end
end
