package io.github.etcdspring.config.document;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

import org.springframework.boot.context.properties.source.ConfigurationPropertyName;

/**
 * Properties that Spring Boot reads from the files of an application while it starts:
 * which profiles are active, what is imported. From etcd they come too late, and an
 * application that found them in its environment would be told what is not so.
 */
final class StartupProperties {

	private static final List<ConfigurationPropertyName> ROOTS = List.of(ConfigurationPropertyName.of("spring.config"),
			ConfigurationPropertyName.of("spring.profiles"));

	private StartupProperties() {
	}

	/**
	 * Leave them out.
	 * @param properties properties of one origin
	 * @param remarks is told of each that is left out
	 * @return the others
	 */
	static List<NamedProperty> leaveOut(List<NamedProperty> properties, Consumer<String> remarks) {
		List<NamedProperty> others = new ArrayList<>(properties.size());
		for (NamedProperty property : properties) {
			if (ROOTS.stream().anyMatch(property::isWithin)) {
				remarks.accept(property.property().origin() + ": " + property.name()
						+ " has no effect in etcd and is left out; set it where the application starts");
			}
			else {
				others.add(property);
			}
		}
		return others;
	}

}
