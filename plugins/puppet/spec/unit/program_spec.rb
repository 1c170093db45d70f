require 'puppet_x/trustmend/program'

describe PuppetX::Trustmend::Program do
  def report(**more)
    JSON.generate({ protocol: 1, verb: 'plan', changed: false, failed: false, results: [{}] }.merge(more))
  end

  def run(script, resources = [{ 'type' => 'env' }], **options)
    described_class.run('plan', resources, program: program(@directory, script), **options)
  end

  def answer(text, status = 0)
    "cat >#{@directory}/input; cat <<'END'\n#{text}\nEND\nexit #{status}"
  end

  it 'gives the report' do
    expect(run(answer(report))['results']).to eq([{}])
  end

  it 'sends resources, and files as bytes or that there is none' do
    run(answer(report), files: { 'puppet:///a' => "\xff", 'puppet:///b' => nil })
    sent = JSON.parse(File.read("#{@directory}/input"))
    expect(sent).to eq('resources' => [{ 'type' => 'env' }], 'files' => { 'puppet:///a' => '/w==', 'puppet:///b' => nil })
  end

  it 'runs it with an environment of its own' do
    ENV['SSL_CERT_FILE'] = '/etc/other.pem'
    run("env >#{@directory}/environment; #{answer(report)}")
    expect(File.read("#{@directory}/environment")).not_to include('SSL_CERT_FILE')
  ensure
    ENV.delete('SSL_CERT_FILE')
  end

  it 'takes a report of a failure' do
    expect(run(answer(report(failed: true), 1))['failed']).to be(true)
  end

  {
    'what is no report' => ['not JSON', 0, /did not answer with a report \(status 0\)/],
    'a report that says success, with a failure' => [nil, 1, /ended with status 1, and reports success/],
    'another protocol' => [{ protocol: 2 }, 0, /speaks protocol 2/],
    'another verb' => [{ verb: 'apply' }, 0, /was asked to plan/],
    'fewer results than resources' => [{ results: [] }, 0, /given 1 resources and reports 0/]
  }.each do |what, (text, status, message)|
    it "does not believe #{what}" do
      text = report(**(text || {})) unless text.is_a?(String)
      expect { run(answer(text, status)) }.to raise_error(Puppet::Error, message)
    end
  end

  it 'says that it was killed' do
    expect { run('kill -9 $$') }.to raise_error(Puppet::Error, /killed by signal 9/)
  end

  it 'stops one that hangs, whatever it started' do
    Dir.mkdir("#{@directory}/confdir")
    File.write("#{@directory}/confdir/trustmend.yaml", 'timeout: 0.2')
    expect { run('sleep 100 & sleep 100') }.to raise_error(Puppet::Error, /did not end within 0.2 seconds/)
  end

  it 'says that it does not run' do
    expect { described_class.run('plan', [], program: '/nowhere/trustmend') }
      .to raise_error(Puppet::Error, %r{/nowhere/trustmend does not run})
  end

  it 'writes more than a pipe holds to a program that does not read' do
    expect { run('exit 3', [{ 'type' => 'x' * 1_000_000 }]) }.to raise_error(Puppet::Error, /status 3/)
  end
end
