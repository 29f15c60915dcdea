package io.github.etcdspring.refresh;

import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.util.PlaceholderResolutionException;

/**
 * Placeholders that refer to each other in a circle: who reads such a property fails,
 * which may be long after the start.
 */
final class CircularPlaceholders {

	private CircularPlaceholders() {
	}

	/**
	 * Refuse to start with a property from etcd that is part of a circle.
	 * @param environment the environment, with everything that the application starts
	 * with
	 * @param configuration what etcd holds
	 * @throws InvalidConfigImportException if there is a circle
	 */
	static void refuse(ConfigurableEnvironment environment, Configuration configuration) {
		for (ConfigValues values : configuration.values().values()) {
			for (String name : values.names()) {
				ConfigProperty property = values.get(name);
				if (property != null && property.value().toString().contains("${")) {
					try {
						environment.getProperty(name);
					}
					catch (PlaceholderResolutionException ex) {
						if (isOne(ex)) {
							throw new InvalidConfigImportException(found(environment, name));
						}
					}
				}
			}
		}
	}

	static boolean isOne(PlaceholderResolutionException failure) {
		return failure.getMessage() != null && failure.getMessage().startsWith("Circular");
	}

	/**
	 * Say that a property is part of a circle.
	 * @param environment where it is
	 * @param name its name
	 * @return the reason
	 */
	static RejectedCandidateException found(ConfigurableEnvironment environment, String name) {
		return new RejectedCandidateException(
				Rejection.key(CandidateEnvironment.property(environment, Changes.name(name))),
				"the placeholders of the property " + name + " refer to each other in a circle");
	}

}
