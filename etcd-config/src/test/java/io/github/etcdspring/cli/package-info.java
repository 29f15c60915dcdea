/**
 * Tests of the command line.
 */
package io.github.etcdspring.cli;
