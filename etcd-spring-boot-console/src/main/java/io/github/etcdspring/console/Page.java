package io.github.etcdspring.console;

import java.util.List;

/**
 * A page of a list.
 *
 * @param <T> type of the items
 * @param total number of items of all pages
 * @param page number of this page, from 1
 * @param size maximum number of items of a page
 * @param items the items of this page
 */
record Page<T>(int total, int page, int size, List<T> items) {

}
