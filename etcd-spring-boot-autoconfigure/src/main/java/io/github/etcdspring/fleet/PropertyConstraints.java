package io.github.etcdspring.fleet;

import java.util.List;

import io.github.etcdspring.fleet.FleetProperty.Constraint;

/**
 * Finds the constraints of a property of a class.
 */
@FunctionalInterface
interface PropertyConstraints {

	/** No validator is available. */
	PropertyConstraints NONE = (type, property) -> List.of();

	/**
	 * Return the constraints of a property.
	 * @param type the class
	 * @param property name of its JavaBean property or record component
	 * @return the constraints in a stable order
	 */
	List<Constraint> of(Class<?> type, String property);

}
