package io.github.etcdspring.fleet;

import java.util.List;

/**
 * Description of configuration properties.
 *
 * @param prefixes prefixes of classes whose properties are described, ordered
 * @param properties the properties, ordered by name
 */
record DescribedProperties(List<String> prefixes, List<FleetProperty> properties) {

	DescribedProperties {
		prefixes = List.copyOf(prefixes);
		properties = List.copyOf(properties);
	}

}
