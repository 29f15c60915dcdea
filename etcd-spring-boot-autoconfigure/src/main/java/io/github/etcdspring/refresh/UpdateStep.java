package io.github.etcdspring.refresh;

/**
 * One step of the update of a bean.
 */
sealed interface UpdateStep permits SetterCall, FieldAssignment {

	/** Name of the property or field that it changes. */
	String name();

	/**
	 * Change a bean.
	 * @param bean the bean, which may hold the property in a nested object
	 */
	void apply(Object bean);

}
