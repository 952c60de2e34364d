#!/bin/bash
# @include action/bash
echo a >out.csv
