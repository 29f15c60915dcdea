/**
 * Parses the keys under a prefix, both single values and documents, into properties.
 */
@NullMarked
package io.github.etcdspring.config.document;

import org.jspecify.annotations.NullMarked;
