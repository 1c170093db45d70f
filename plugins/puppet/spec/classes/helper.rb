require 'rspec-puppet'

RSpec.configure do |config|
  config.module_path = File.expand_path('../../..', __dir__)
  config.strict_variables = true
  config.before { Puppet[:strict] = :error }
end

# Puppet's own order, which knows of what resources require by themselves.
RSpec::Matchers.define :order do |first, second|
  match do |catalogue|
    graph = catalogue.to_ral.relationship_graph
    found = [first, second].map { |name| graph.vertices.find { |resource| resource.ref == name } }
    found.all? && graph.path_between(*found)
  end
end
