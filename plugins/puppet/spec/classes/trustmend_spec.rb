require_relative 'helper'

describe 'trustmend' do
  let(:facts) { { 'kernel' => 'Linux', 'os' => { 'family' => 'Debian' } } }

  it { is_expected.to compile.with_all_deps }
  it { is_expected.to have_resource_count(0) }

  context 'with resources of each type' do
    let(:params) do
      {
        'anchors' => { 'old proxy' => { 'certificate' => '/srv/ca/old-proxy.pem', 'ensure' => 'absent' }, '/srv/ca/studio.pem' => {} },
        'bundles' => { '/opt/studio/cacert.pem' => { 'sources' => ['system'] } },
        'envs' => { 'SHOTGUN_API_CACERTS' => { 'value' => '/opt/studio/cacert.pem' } },
        'core_apis' => { '/mnt/projects/demo' => { 'version' => 'v0.23.10', 'noop' => true } },
      }
    end

    it { is_expected.to compile.with_all_deps }
    it { is_expected.to have_resource_count(5) }
    it { is_expected.to contain_trustmend_anchor('old proxy').only_with('certificate' => '/srv/ca/old-proxy.pem', 'ensure' => 'absent') }
    it { is_expected.to contain_trustmend_bundle('/opt/studio/cacert.pem').with_sources(['system']) }
    it { is_expected.to contain_trustmend_env('SHOTGUN_API_CACERTS').with_value('/opt/studio/cacert.pem') }
    it { is_expected.to contain_trustmend_core_api('/mnt/projects/demo').with('version' => 'v0.23.10', 'noop' => true) }
    it { expect(catalogue).to order('Trustmend_anchor[/srv/ca/studio.pem]', 'Trustmend_bundle[/opt/studio/cacert.pem]') }
    it { expect(catalogue).to order('Trustmend_bundle[/opt/studio/cacert.pem]', 'Trustmend_env[SHOTGUN_API_CACERTS]') }
  end

  context 'with an attribute that the type does not have' do
    let(:params) { { 'envs' => { 'A' => { 'valu' => 'b' } } } }

    it { is_expected.to compile.and_raise_error(/no parameter named 'valu'/) }
  end

  context 'with a list in the place of a hash' do
    let(:params) { { 'anchors' => ['/srv/ca/studio.pem'] } }

    it { is_expected.to compile.and_raise_error(/'anchors' expects a Hash value, got Tuple/) }
  end
end
